//! Messages under protection: the keys of a case, and what is sealed with them.

use gurux_dlms::security::{
    Envelope, Key, Keyring, Provider, Software, SoftwareCipher, SystemTitle,
};
use gurux_dlms::wire::{ApduTag, GeneralHeader, KeyId, KeyInfo, SecurityControl};

use crate::generate::{Gen, octets_of};
use crate::service::SERVICES;

/// How a message is protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// By the tag of its service.
    Service,
    /// general-glo- or general-ded-ciphering.
    General,
    /// general-ciphering, with an identified key.
    Named,
}

/// One message, and what protects it.
pub struct Sealed {
    /// The three keys: global, dedicated, authentication.
    pub keys: [&'static [u8]; 3],
    /// Who sends.
    pub sender: SystemTitle,
    /// Which protection.
    pub control: SecurityControl,
    /// The counter of the message.
    pub counter: u32,
    /// Under the dedicated key?
    pub is_dedicated: bool,
    /// In which form.
    pub form: Form,
    /// The fields of general-ciphering.
    pub header: GeneralHeader<'static>,
    /// The message in clear.
    pub text: Vec<u8>,
}

impl Sealed {
    /// A case in this form and suite.
    pub fn new(choices: &mut Gen, form: Form, suite: u8) -> Self {
        let key_len = if suite == 2 { 32 } else { 16 };
        let control = SecurityControl::new(choices.pick(&[0x10, 0x20, 0x30, 0x30]));
        let text = loop {
            let (_, make) = choices.pick(SERVICES);
            let text = octets_of(&make(choices));
            if form != Form::Service || ApduTag::new(text[0]).ciphered(false).is_some() {
                break text;
            }
        };
        let sender = SystemTitle(choices.octets(8).try_into().unwrap());
        Self {
            keys: [(); 3].map(|()| choices.octets(key_len)),
            sender,
            control: control.with_suite(suite),
            counter: choices.u32(),
            is_dedicated: form != Form::Named && choices.one_in(2),
            form,
            header: GeneralHeader {
                transaction_id: choices.pick(&[&b""[..], &[1], &[1, 2, 3, 4, 5, 6, 7, 8]]),
                originator_system_title: sender.0.to_vec().leak(),
                recipient_system_title: choices.octets(8),
                date_time: &[],
                other_information: choices.pick(&[&b""[..], &[9, 9]]),
            },
            text,
        }
    }

    /// Its keys as we keep them.
    pub fn keyring(&self) -> Keyring<SoftwareCipher> {
        let [global, dedicated, authentication] =
            self.keys.map(|octets| Key::from_octets(octets).unwrap());
        let cipher = |key| Software.cipher(&key).unwrap();
        Keyring::new(cipher(global))
            .with_dedicated(cipher(dedicated))
            .with_authentication(authentication)
    }

    /// What stands around it.
    pub fn envelope(&self) -> Envelope<'_> {
        match (self.form, self.is_dedicated) {
            (Form::Service, is_dedicated) => {
                Envelope::Service(ApduTag::new(self.text[0]).ciphered(is_dedicated).unwrap())
            }
            (Form::General, false) => Envelope::GeneralGlo(&self.sender.0),
            (Form::General, true) => Envelope::GeneralDed(&self.sender.0),
            (Form::Named, _) => {
                let key = KeyId::GLOBAL_UNICAST_ENCRYPTION;
                Envelope::General(self.header, Some(KeyInfo::Identified(key)))
            }
        }
    }

    /// The message as we seal it.
    pub fn seal(&self) -> Vec<u8> {
        let mut room = vec![0; self.text.len() + 128];
        let sealed = gurux_dlms::security::seal(
            self.envelope(),
            self.control,
            self.counter,
            self.sender,
            &self.keyring(),
            &self.text,
            &mut room,
        );
        room.truncate(sealed.unwrap());
        room
    }

    /// Do we open it?
    ///
    /// # Errors
    /// What comes out instead.
    pub fn open(&self, message: &[u8]) -> Result<(), String> {
        use gurux_dlms::security::{Policy, open};
        let policy = if self.control.is_authenticated() {
            Policy::Verified
        } else {
            Policy::DecryptUnverified
        };
        let mut copy = message.to_vec();
        match open(&mut copy, Some(self.sender), &self.keyring(), policy) {
            Ok(opened) if *opened.text == self.text => Ok(()),
            Ok(opened) => Err(format!("{:02X?}", opened.text)),
            Err(error) => Err(format!("{error}: {message:02X?}")),
        }
    }
}
