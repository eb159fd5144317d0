//! What a server sends of itself: DATA-NOTIFICATION and EVENT-NOTIFICATION.

use super::part::sequence;
use super::{AttributeDescriptor, DataRef, LongInvokeId, TimeStamp};

sequence! {
    /// DATA-NOTIFICATION: a server pushes a value. `D` is what is made of it: [`DataRef`], or
    /// [`Unread`](super::Unread) where it is to be read in one pass, or is no proper value.
    ///
    /// ```
    /// use gurux_dlms::wire::{DataNotification, DataRef};
    /// use gurux_framing::{Wire, WireError};
    ///
    /// let octets = [0x0F, 0x40, 0, 0, 7, 0x00, 0x06, 0, 0, 2, 0xDD];
    /// let push = DataNotification::<DataRef>::from_bytes(&octets)?;
    /// assert_eq!(push.long_invoke_id_and_priority.number(), 7);
    /// assert_eq!(push.notification_body, DataRef::DoubleLongUnsigned(733));
    /// # Ok::<(), WireError>(())
    /// ```
    pub struct DataNotification<'a, D = DataRef<'a>> = "data-notification" tag DATA_NOTIFICATION {
        /// Which notification this is.
        long_invoke_id_and_priority: LongInvokeId = "long-invoke-id-and-priority",
        /// When it was made.
        date_time: TimeStamp<'a> = "date-time",
        /// The value.
        notification_body: D = "notification-body",
    }
}

sequence! {
    /// DATA-NOTIFICATION.confirm: a client has received a notification.
    pub struct DataNotificationConfirm<'a> = "data-notification-confirm" tag DATA_NOTIFICATION_CONFIRM {
        /// The notification.
        long_invoke_id_and_priority: LongInvokeId = "long-invoke-id-and-priority",
        /// When this was made.
        date_time: TimeStamp<'a> = "date-time",
    }
}

sequence! {
    /// EVENT-NOTIFICATION: a server tells the value of an attribute.
    pub struct EventNotification<'a> = "event-notification-request" tag EVENT_NOTIFICATION_REQUEST {
        /// When it was so.
        time: Option<TimeStamp<'a>> = "time",
        /// The attribute.
        cosem_attribute_descriptor: AttributeDescriptor = "cosem-attribute-descriptor",
        /// Its value.
        attribute_value: DataRef<'a> = "attribute-value",
    }
}
