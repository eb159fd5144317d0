//! Who a meter is: primary address, manufacturer, identification, version, device type.
