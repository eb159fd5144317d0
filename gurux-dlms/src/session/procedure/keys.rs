//! [`KeyChange`]: new keys for a meter, and the proof that they hold.

use alloc::vec::Vec;

use gurux_framing::Wire;
use gurux_media::Instant;
use gurux_value::Obis;

use super::{Input, Procedure, Reason, Step};
use crate::security::{
    Cipher, CipherError, CounterStore, Key, KeyTransfer, Provider, key_transfer_len, wrap_key,
};
use crate::session::link::Store;
use crate::session::{Client, Failure};
use crate::table::class::ClassId;
use crate::wire::{AttributeDescriptor, DataRef, KeyId, MethodDescriptor};

/// Gives a meter new keys through its security setup (class 64, key_transfer), each wrapped with the master key;
/// then ends the association, takes the new keys into the client, associates anew and reads the name of the
/// security setup with them. Only when that was answered does the change hold.
///
/// Where it fails at [associating with the new keys](Procedure::doing), the meter has taken them and the client
/// has them: keep both the old and the new. A master key that is changed is not used by the client itself.
///
/// ```
/// use gurux_dlms::security::{Key, Provider, Software};
/// use gurux_dlms::session::procedure::KeyChange;
/// use gurux_dlms::wire::KeyId;
///
/// let master = Software.cipher(&"00112233445566778899AABBCCDDEEFF".parse()?)?;
/// let fresh: Key = "F0E1D2C3B4A5968778695A4B3C2D1E0F".parse()?;
/// let keys = vec![(KeyId::GLOBAL_UNICAST_ENCRYPTION, fresh)];
/// let change = KeyChange::new("0-0:43.0.0*255".parse()?, &master, keys)?;
/// # let _ = change;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct KeyChange {
    logical_name: Obis,
    keys: Vec<(KeyId, Key)>,
    /// What the method takes: the keys, wrapped.
    parameter: Vec<u8>,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    Transfer,
    Release,
    Associate,
    Prove,
}

impl KeyChange {
    /// These keys, for the security setup of this name.
    ///
    /// # Errors
    /// Those of wrapping them.
    pub fn new(
        logical_name: Obis,
        master: &impl Cipher,
        keys: Vec<(KeyId, Key)>,
    ) -> Result<Self, CipherError> {
        let wrap = |(id, key): &(KeyId, Key)| Ok((*id, wrap_key(master, key)?));
        let wrapped = keys.iter().map(wrap).collect::<Result<Vec<_>, CipherError>>()?;
        let mut parameter = Vec::with_capacity(key_transfer_len(&wrapped));
        KeyTransfer::emit(&wrapped, &mut parameter);
        Ok(Self { logical_name, keys, parameter, stage: Stage::Transfer })
    }
}

impl core::fmt::Debug for KeyChange {
    /// Without keys.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("KeyChange")
            .field("logical_name", &self.logical_name)
            .field("stage", &self.stage)
            .finish_non_exhaustive()
    }
}

impl<S: Store, P: Provider, C: CounterStore> Procedure<S, P, C> for KeyChange {
    type Told = core::convert::Infallible;
    type Outcome = ();

    fn doing(&self) -> &'static str {
        match self.stage {
            Stage::Transfer => "transferring the keys",
            Stage::Release => "ending the association with the old keys",
            Stage::Associate => "associating with the new keys",
            Stage::Prove => "reading with the new keys",
        }
    }

    fn advance(
        &mut self,
        client: &mut Client<S, P, C>,
        input: Input,
        _: Instant,
    ) -> Result<Step<Self::Told, ()>, Reason> {
        let (class_id, instance_id) = (ClassId::SECURITY_SETUP.code(), self.logical_name);
        let call = match (self.stage, input) {
            (Stage::Transfer, Input::Begin) => {
                let parameter = DataRef::from_bytes(&self.parameter).map_err(Failure::from)?;
                let method = MethodDescriptor { class_id, instance_id, method_id: 2 };
                client.act(method, Some(parameter))?
            }
            (Stage::Transfer, Input::Done) => {
                self.stage = Stage::Release;
                client.release()?
            }
            (Stage::Release, Input::Done) => {
                self.stage = Stage::Associate;
                for (id, key) in &self.keys {
                    client.set_key(*id, key).map_err(Failure::from)?;
                }
                client.associate()?
            }
            (Stage::Associate, Input::Done) => {
                self.stage = Stage::Prove;
                client.get(AttributeDescriptor { class_id, instance_id, attribute_id: 1 })?
            }
            (Stage::Prove, Input::Done) => return Ok(Step::End(())),
            (_, Input::Value(_)) => {
                client.value()?;
                return Ok(Step::Listen);
            }
            _ => return Ok(Step::Listen),
        };
        Ok(Step::Ask(call))
    }
}
