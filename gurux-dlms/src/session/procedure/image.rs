//! [`ImageTransfer`]: new firmware, block by block, from where it stopped.

use core::time::Duration;

use alloc::vec::Vec;

use gurux_framing::{Sink, Wire, wire_code};
use gurux_media::Instant;
use gurux_value::Obis;

use super::{Input, Procedure, Reason, Step};
use crate::security::{CounterStore, Provider};
use crate::session::link::Store;
use crate::session::{CallId, Client, Failure};
use crate::table::class::ClassId;
use crate::wire::{AttributeDescriptor, DataAccessResult, DataRef, MethodDescriptor};

wire_code! {
    /// image_transfer_status: how far a transfer is.
    pub struct ImageStatus(u8) {
        /// Nothing was begun.
        NOT_INITIATED = 0 => "not initiated",
        /// Blocks are taken.
        INITIATED = 1 => "initiated",
        /// The image is being verified.
        VERIFICATION_INITIATED = 2 => "verification initiated",
        /// It was verified.
        VERIFIED = 3 => "verified",
        /// It is not right.
        VERIFICATION_FAILED = 4 => "verification failed",
        /// It is being activated.
        ACTIVATION_INITIATED = 5 => "activation initiated",
        /// It runs.
        ACTIVATED = 6 => "activated",
        /// It does not run.
        ACTIVATION_FAILED = 7 => "activation failed",
    }
}

/// How far a transfer goes, and how long it waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ImageOptions {
    /// Blocks that the meter has from an earlier transfer of the same image are not sent again. A meter does not
    /// say which image it was: only who sent it knows.
    pub resumes: bool,
    /// The image is activated after it was verified.
    pub activates: bool,
    /// A meter that is busy is asked again after so long.
    pub every: Duration,
    /// A meter may be busy with one step for so long.
    pub within: Duration,
}

impl Default for ImageOptions {
    /// From the beginning, verified and not activated; asked every 5 s, for 10 minutes at most.
    fn default() -> Self {
        let (every, within) = (Duration::from_secs(5), Duration::from_secs(600));
        Self { resumes: false, activates: false, every, within }
    }
}

/// What [`ImageTransfer`] tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlockSent {
    /// The block, from 0.
    pub number: u32,
    /// How many blocks the image has.
    pub of: u32,
}

/// What became of an image.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ImageOutcome {
    /// How far the meter says it is.
    pub status: ImageStatus,
    /// Blocks that the image has.
    pub blocks: u32,
    /// Blocks that went over, those that went twice among them.
    pub sent: u32,
}

/// Transfers an image (class 18): enables the transfer, initiates it or resumes one, sends what is missing until
/// the meter has all of it, has it verified, and activated if that is wanted. A meter that says
/// *temporary-failure*, or a status that is on its way, is asked again and again, but not for ever.
///
/// Where the line breaks, the same image with [`ImageOptions::resumes`] goes on where it stopped.
///
/// ```
/// use gurux_dlms::session::procedure::{ImageOptions, ImageTransfer};
///
/// let image = [0; 2000];
/// let options = ImageOptions { resumes: true, activates: true, ..ImageOptions::default() };
/// let transfer = ImageTransfer::new("0-0:44.0.0*255".parse()?, b"firmware-2.1", &image, options);
/// # let _ = transfer;
/// # Ok::<(), gurux_value::ParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ImageTransfer<'i> {
    logical_name: Obis,
    identification: &'i [u8],
    image: &'i [u8],
    options: ImageOptions,
    stage: Stage,
    is_enabled: bool,
    block_size: usize,
    blocks: u32,
    /// Which blocks the meter has.
    there: Vec<bool>,
    /// The block under way.
    number: u32,
    /// What the meter missed first when it was last asked.
    missing: Option<u32>,
    sent: u32,
    status: ImageStatus,
    /// The answer to the order under way says that the meter is busy.
    is_busy: bool,
    busy_until: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    IsEnabled,
    Enable,
    BlockSize,
    /// Is there a transfer to go on with?
    Before,
    BlocksThere,
    Initiate,
    Send,
    Missing,
    Verify,
    Verified,
    /// Which image is it that was verified?
    Info,
    Activate,
    Activated,
}

const IMAGE: u16 = ClassId::IMAGE_TRANSFER.code();

impl<'i> ImageTransfer<'i> {
    /// This image, under this name, for the object of that one.
    #[must_use]
    pub const fn new(
        logical_name: Obis,
        identification: &'i [u8],
        image: &'i [u8],
        options: ImageOptions,
    ) -> Self {
        Self {
            logical_name,
            identification,
            image,
            options,
            stage: Stage::IsEnabled,
            is_enabled: false,
            block_size: 0,
            blocks: 0,
            there: Vec::new(),
            number: 0,
            missing: None,
            sent: 0,
            status: ImageStatus::NOT_INITIATED,
            is_busy: false,
            busy_until: None,
        }
    }

    fn ask<S: Store, P: Provider, C: CounterStore>(
        &mut self,
        client: &mut Client<S, P, C>,
        stage: Stage,
    ) -> Result<Step<BlockSent, ImageOutcome>, Reason> {
        if self.stage != stage {
            self.busy_until = None;
        }
        self.stage = stage;
        self.is_busy = false;
        let call = match stage {
            Stage::IsEnabled => self.get(client, 5)?,
            Stage::Enable => client.set(self.attribute(5), DataRef::Boolean(true))?,
            Stage::BlockSize => self.get(client, 2)?,
            Stage::BlocksThere => self.get(client, 3)?,
            Stage::Missing => self.get(client, 4)?,
            Stage::Info => self.get(client, 7)?,
            Stage::Before | Stage::Verified | Stage::Activated => self.get(client, 6)?,
            Stage::Initiate => {
                let size = u32::try_from(self.image.len()).map_err(|_| Reason::ImageTooLong)?;
                let fields =
                    [DataRef::OctetString(self.identification), DataRef::DoubleLongUnsigned(size)];
                self.act_with(client, 1, fields)?
            }
            Stage::Send => {
                let size = self.block_size.max(1);
                let number = usize::try_from(self.number).unwrap_or(usize::MAX);
                let block = self.image.chunks(size).nth(number).unwrap_or_default();
                let fields =
                    [DataRef::DoubleLongUnsigned(self.number), DataRef::OctetString(block)];
                self.act_with(client, 2, fields)?
            }
            Stage::Verify => client.act(self.method(3), Some(DataRef::Integer(0)))?,
            Stage::Activate => client.act(self.method(4), Some(DataRef::Integer(0)))?,
        };
        Ok(Step::Ask(call))
    }

    const fn attribute(&self, attribute_id: i8) -> AttributeDescriptor {
        AttributeDescriptor { class_id: IMAGE, instance_id: self.logical_name, attribute_id }
    }

    const fn method(&self, method_id: i8) -> MethodDescriptor {
        MethodDescriptor { class_id: IMAGE, instance_id: self.logical_name, method_id }
    }

    fn get<S: Store, P: Provider, C: CounterStore>(
        &self,
        client: &mut Client<S, P, C>,
        attribute: i8,
    ) -> Result<CallId, Reason> {
        Ok(client.get(self.attribute(attribute))?)
    }

    /// Calls a method with a structure of two.
    fn act_with<S: Store, P: Provider, C: CounterStore>(
        &self,
        client: &mut Client<S, P, C>,
        method: i8,
        fields: [DataRef<'_>; 2],
    ) -> Result<CallId, Reason> {
        let mut octets = Vec::with_capacity(fields[0].wire_len().saturating_add(16));
        octets.put_array([2, 2]);
        fields.iter().for_each(|field| field.emit(&mut octets));
        let parameter = DataRef::from_bytes(&octets).map_err(Failure::from)?;
        Ok(client.act(self.method(method), Some(parameter))?)
    }

    /// What the meter tells.
    fn take(&mut self, value: Result<DataRef<'_>, DataAccessResult>) -> Result<(), Reason> {
        let value = match (value, self.stage) {
            (Err(DataAccessResult::TEMPORARY_FAILURE), _) => {
                self.is_busy = true;
                return Ok(());
            }
            // Not all meters tell what they have.
            (Err(_), Stage::Info) => return Ok(()),
            (Err(refused), _) => return Err(refused.into()),
            (Ok(value), _) => value,
        };
        let number = value.as_integer().and_then(|number| u32::try_from(number).ok());
        match (self.stage, value) {
            (Stage::IsEnabled, DataRef::Boolean(is_enabled)) => self.is_enabled = is_enabled,
            (Stage::IsEnabled, _) => return Err(Reason::Form("a boolean")),
            (Stage::BlockSize, _) => {
                let size = number.filter(|size| *size > 0).ok_or(Reason::Form("a block size"))?;
                self.block_size = usize::try_from(size).unwrap_or(usize::MAX);
                let blocks = self.image.len().div_ceil(self.block_size);
                self.blocks = u32::try_from(blocks).map_err(|_| Reason::ImageTooLong)?;
            }
            (Stage::Before | Stage::Verified | Stage::Activated, DataRef::Enum(status)) => {
                self.status = ImageStatus::new(status);
            }
            (Stage::Before | Stage::Verified | Stage::Activated, _) => {
                return Err(Reason::Form("a status, an enum"));
            }
            (Stage::BlocksThere, DataRef::BitString(bits)) => {
                self.there.clear();
                self.there.extend(bits.iter());
            }
            (Stage::BlocksThere, _) => return Err(Reason::Form("a bit for each block")),
            (Stage::Missing, _) => {
                let first = number.ok_or(Reason::Form("the number of a block"))?;
                // What was sent and did not stay is sent once more, but not for ever.
                if self.missing.is_some_and(|before| first <= before) && first < self.blocks {
                    return Err(Reason::BlockLost { number: first });
                }
                self.missing = Some(first);
            }
            (Stage::Info, images) if !self.is_ours(images) => return Err(Reason::OtherImage),
            _ => {}
        }
        Ok(())
    }

    /// image_to_activate_info: is it the image that was sent, by its name or, of one in several parts, by its
    /// length? A meter may tell nothing.
    fn is_ours(&self, images: DataRef<'_>) -> bool {
        let Some(images) = images.elements().filter(|images| !images.is_empty()) else {
            return true;
        };
        let fields = || images.iter().filter_map(|image| image.elements());
        let is_named = fields()
            .any(|image| image.element(1) == Some(DataRef::OctetString(self.identification)));
        let sizes = fields().filter_map(|image| image.element(0)?.as_integer());
        is_named || usize::try_from(sizes.fold(0, i128::saturating_add)) == Ok(self.image.len())
    }

    /// The next block from this one on that the meter does not have; then, which one it misses.
    fn send_from<S: Store, P: Provider, C: CounterStore>(
        &mut self,
        client: &mut Client<S, P, C>,
        from: u32,
    ) -> Result<Step<BlockSent, ImageOutcome>, Reason> {
        let is_there = |number: &u32| {
            let number = usize::try_from(*number).unwrap_or(usize::MAX);
            self.there.get(number).copied().unwrap_or_default()
        };
        match (from..self.blocks).find(|number| !is_there(number)) {
            Some(number) => {
                self.number = number;
                self.ask(client, Stage::Send)
            }
            None => self.ask(client, Stage::Missing),
        }
    }

    /// The meter is busy: once more, while there is time.
    fn wait(&mut self, now: Instant) -> Result<Step<BlockSent, ImageOutcome>, Reason> {
        let until = *self.busy_until.get_or_insert(now + self.options.within);
        if now >= until {
            return Err(Reason::NotReady(self.options.within));
        }
        Ok(Step::Sleep(self.options.every))
    }

    fn done<S: Store, P: Provider, C: CounterStore>(
        &mut self,
        client: &mut Client<S, P, C>,
        now: Instant,
    ) -> Result<Step<BlockSent, ImageOutcome>, Reason> {
        if self.is_busy && !matches!(self.stage, Stage::Verify | Stage::Activate) {
            return self.wait(now);
        }
        match self.stage {
            Stage::IsEnabled if !self.is_enabled => self.ask(client, Stage::Enable),
            Stage::IsEnabled | Stage::Enable => self.ask(client, Stage::BlockSize),
            Stage::BlockSize if self.options.resumes => self.ask(client, Stage::Before),
            Stage::BlockSize => self.ask(client, Stage::Initiate),
            Stage::Before => match self.status {
                ImageStatus::INITIATED => self.ask(client, Stage::BlocksThere),
                // All blocks were there, or the meter would not have begun with this.
                ImageStatus::VERIFICATION_INITIATED | ImageStatus::VERIFIED => {
                    self.ask(client, Stage::Verified)
                }
                _ => self.ask(client, Stage::Initiate),
            },
            // Another number of blocks is another image.
            Stage::BlocksThere
                if self.there.len() != self.image.len().div_ceil(self.block_size.max(1)) =>
            {
                self.there.clear();
                self.ask(client, Stage::Initiate)
            }
            Stage::BlocksThere | Stage::Initiate => self.send_from(client, 0),
            Stage::Send => {
                self.busy_until = None;
                self.sent = self.sent.saturating_add(1);
                Ok(Step::TellOn(BlockSent { number: self.number, of: self.blocks }))
            }
            Stage::Missing => match self.missing {
                Some(number) if number < self.blocks => {
                    // From there on the meter may have blocks or not: it says only the first.
                    self.number = number;
                    self.ask(client, Stage::Send)
                }
                _ => self.ask(client, Stage::Verify),
            },
            Stage::Verify => self.ask(client, Stage::Verified),
            Stage::Activate => self.ask(client, Stage::Activated),
            Stage::Verified => match self.status {
                ImageStatus::VERIFIED => self.ask(client, Stage::Info),
                ImageStatus::INITIATED | ImageStatus::VERIFICATION_INITIATED => self.wait(now),
                status => Err(Reason::Image(status)),
            },
            Stage::Info if self.options.activates => self.ask(client, Stage::Activate),
            Stage::Info => Ok(Step::End(self.outcome())),
            Stage::Activated => match self.status {
                ImageStatus::ACTIVATED => Ok(Step::End(self.outcome())),
                ImageStatus::VERIFIED | ImageStatus::ACTIVATION_INITIATED => self.wait(now),
                status => Err(Reason::Image(status)),
            },
        }
    }

    const fn outcome(&self) -> ImageOutcome {
        ImageOutcome { status: self.status, blocks: self.blocks, sent: self.sent }
    }
}

impl<S: Store, P: Provider, C: CounterStore> Procedure<S, P, C> for ImageTransfer<'_> {
    type Told = BlockSent;
    type Outcome = ImageOutcome;

    fn doing(&self) -> &'static str {
        match self.stage {
            Stage::IsEnabled | Stage::Enable => "enabling the image transfer",
            Stage::BlockSize => "reading the block size of images",
            Stage::Before | Stage::BlocksThere => "reading how far the image is",
            Stage::Initiate => "initiating the image transfer",
            Stage::Send => "sending a block of the image",
            Stage::Missing => "reading which block of the image is missing",
            Stage::Verify | Stage::Verified | Stage::Info => "verifying the image",
            Stage::Activate | Stage::Activated => "activating the image",
        }
    }

    fn advance(
        &mut self,
        client: &mut Client<S, P, C>,
        input: Input,
        now: Instant,
    ) -> Result<Step<BlockSent, ImageOutcome>, Reason> {
        match input {
            Input::Begin => self.ask(client, Stage::IsEnabled),
            Input::Value(_) => {
                let value = client.value();
                self.take(value).map(|()| Step::Listen)
            }
            Input::Row(_) => Ok(Step::Listen),
            Input::Done => self.done(client, now),
            // The block went over.
            Input::Next if self.stage == Stage::Send && !self.is_busy => {
                // What the meter missed is sent alone, and then it is asked again.
                match self.missing {
                    Some(_) => self.ask(client, Stage::Missing),
                    None => self.send_from(client, self.number.saturating_add(1)),
                }
            }
            Input::Next => self.ask(client, self.stage),
        }
    }
}
