//! Messages of the suites 1 and 2 that were worked out apart, step by step, with OpenSSL and not with what
//! is tested here; the curves' keys and secrets are those of RFC 5903, 8.1 and 8.2.
//!
//! | step | is |
//! |---|---|
//! | i, r | private keys: i of the client, its static and its ephemeral one; r of the server |
//! | gi, gr | their public keys |
//! | Z | the secret: the first coordinate of i times gr, and of r times gi |
//! | algorithm | 60 85 74 05 08 03 00 in suite 1, .. 01 in suite 2 |
//! | header | 08, transaction 01 to 08; 08, client; 08, server; 00; 00 |
//! | one-pass key | H (00000001, Z, algorithm, client, server), the first 16 or 32 octets |
//! | static key | H (00000001, Z, algorithm, client, 08, transaction, server), as many |
//! | text | a GetRequest for the clock: C0 01 00 00 08 00 00 01 00 00 FF 02 00 |
//! | control, counter | 31 or 32; 01234567 |
//! | content | control, counter, AES-GCM of the text under the key: nonce client and counter; additional data control, authentication key D0 to DF or EF, header; the first 12 octets of the tag |
//! | static message | DD, header, 01 (key-info), 02 (agreed), 01 02 (static), 00, length, content |
//! | one-pass message | DD, header, 01, 02, 01 01 (one-pass), length, gi and its signature under i, length, content |
//! | signed message | DF, header, 0D, text, length, the signature of header and text under i |
//!
//! H is SHA-256 or SHA-384. Signatures take their number from what is signed (RFC 6979).

use std::vec;

use gurux_framing::Wire;

use super::tests::{CLIENT, SERVER, hex};
use super::*;
use crate::wire::{GeneralCiphering, GeneralHeader, KeyInfo, SecurityControl};

struct Worked {
    suite: Suite,
    /// i, r, gi, gr, Z.
    keys: [&'static str; 5],
    authentication: &'static str,
    one_pass_key: &'static str,
    static_key: &'static str,
    one_pass: &'static str,
    fixed: &'static str,
    signed: &'static str,
}

const TEXT: &str = "C001000008 0000010000FF 0200";

const HEADER: GeneralHeader<'_> = GeneralHeader {
    transaction_id: &[1, 2, 3, 4, 5, 6, 7, 8],
    originator_system_title: &CLIENT.0,
    recipient_system_title: &SERVER.0,
    date_time: &[],
    other_information: &[],
};

const SUITE_1: Worked = Worked {
    suite: Suite::Suite1,
    keys: [
        "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
        "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53",
        "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180\
         5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3",
        "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63\
         56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
        "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE",
    ],
    authentication: "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF",
    one_pass_key: "A0D735A4476C032F2619217F3BCC381E",
    static_key: "E36EEADB4581661CD0F69E67679D1C2D",
    one_pass: "DD 080102030405060708 084D4D4D0000BC614E 084D4D4D0000000001 00 00 01 02 0101 8180\
        DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180\
        5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3\
        3FB2D669D6C2F1E4FC7A81553ED4F9E2DA59088CAAA1435BA76596FE9A3EBC7C\
        CBC56E4BF6AD2AF1E85735C3242156C0E293E8A994D530D9764FE9C13BFD75DA\
        1E 31 01234567 7E4DD9C24C05E163D6E6F31B74 089E5850A9B2B16D6B166D07",
    fixed: "DD 080102030405060708 084D4D4D0000BC614E 084D4D4D0000000001 00 00 01 02 0102 00\
        1E 31 01234567 647A56DAE2443CB729E7FB6543 FD4A40FD865E3AD729BFDDB9",
    signed: "DF 080102030405060708 084D4D4D0000BC614E 084D4D4D0000000001 00 00\
        0D C0010000080000010000FF0200 40\
        F0C27A9F2FAC5BA6868F6E23FA73B898EE81523693F63C6E8FE302705581CF9B\
        CB9ED3DA0DDDF5B964F18663DD4165953C2EEDCC551160A0A549C1A423AD8C11",
};

const SUITE_2: Worked = Worked {
    suite: Suite::Suite2,
    keys: [
        "099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655\
         E35B538041E649EE3FAEF896783AB194",
        "41CB0779B4BDB85D47846725FBEC3C9430FAB46CC8DC5060855CC9BDA0AA2942\
         E0308312916B8ED2960E4BD55A7448FC",
        "667842D7D180AC2CDE6F74F37551F55755C7645C20EF73E31634FE72B4C55EE6\
         DE3AC808ACB4BDB4C88732AEE95F41AA9482ED1FC0EEB9CAFC4984625CCFC23F\
         65032149E0E144ADA024181535A0F38EEB9FCFF3C2C947DAE69B4C634573A81C",
        "E558DBEF53EECDE3D3FCCFC1AEA08A89A987475D12FD950D83CFA41732BC509D\
         0D1AC43A0336DEF96FDA41D0774A3571DCFBEC7AACF3196472169E838430367F\
         66EEBE3C6E70C416DD5F0C68759DD1FFF83FA40142209DFF5EAAD96DB9E6386C",
        "11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4\
         D603135569B9E9D09CF5D4A270F59746",
    ],
    authentication: "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDFE0E1E2E3E4E5E6E7E8E9EAEBECEDEEEF",
    one_pass_key: "BE91285C973978E27BE03E6E7E7447738B48A1EA55509C6A177B64ED1B28786A",
    static_key: "FB734C87152009A017D86290EE13B44BC29002B40D4F26602A5A711FBC1710D7",
    one_pass: "DD 080102030405060708 084D4D4D0000BC614E 084D4D4D0000000001 00 00 01 02 0101 81C0\
        667842D7D180AC2CDE6F74F37551F55755C7645C20EF73E31634FE72B4C55EE6\
        DE3AC808ACB4BDB4C88732AEE95F41AA9482ED1FC0EEB9CAFC4984625CCFC23F\
        65032149E0E144ADA024181535A0F38EEB9FCFF3C2C947DAE69B4C634573A81C\
        CEF1BD171CD6F5F1B13DA6610576A1C4B0BD71CACA0530046F50C3F269DF8943\
        DB17A2F197583D011EDA8DCE21F7195021DD5EE2457EC587078B52BC09D5EBB8\
        1116DBAE7F80D5E5AF1FD0A698CB299178763A46B9F19AE08C91C5CA019EA449\
        1E 32 01234567 7804A17D21C496CE9FC95EF109 8FD5E55E7E489F40FBA78E0D",
    fixed: "DD 080102030405060708 084D4D4D0000BC614E 084D4D4D0000000001 00 00 01 02 0102 00\
        1E 32 01234567 D0625B734F747828DACB38B38B 87429CD0ACA46AF1A40C9535",
    signed: "DF 080102030405060708 084D4D4D0000BC614E 084D4D4D0000000001 00 00\
        0D C0010000080000010000FF0200 60\
        E3AB295587E5EBF5033B9505C75052AADCC59231FDCF0B388B1AEDF31BEC3953\
        6DD837E62EABCE77D50A10FD37FC0654FBCB8EE00DA9BDF232D09D69F20FE2E8\
        5EF1E85E0554FB9F8D4CF20F85BDCC77AA5FFD603BF2E0B2D5F2A6822970B0F8",
};

impl Worked {
    fn client_and_server(&self) -> [SoftwareKey; 2] {
        let [i, r, ..] = self.keys;
        [i, r].map(|text| SoftwareKey::new(&hex(text)).unwrap())
    }

    /// The two of a general-ciphering message, worked out on both sides.
    fn agreed(&self, scheme: Scheme, message: &str, key: &str) {
        let [client, server] = self.client_and_server();
        let [of_client, of_server] = [&client, &server].map(|key| key.public_key().unwrap());
        let key: Key = key.parse().unwrap();
        for (own, other) in [(&client, of_server), (&server, of_client)] {
            let made = message_key(&Software, self.suite, scheme, own, &other, &HEADER);
            assert_eq!(made.as_ref(), Ok(&key));
        }
        let keys = Keyring {
            unicast: None,
            broadcast: None,
            dedicated: None,
            session: Some(SoftwareCipher::new(&key)),
            authentication: Some(self.authentication.parse().unwrap()),
        };
        let mut message = hex(message);
        let read = GeneralCiphering::from_bytes(&message).unwrap();
        let Some(KeyInfo::Agreed { key_parameters, key_ciphered_data }) = read.key_info else {
            panic!("no agreed key")
        };
        assert_eq!(Scheme::of_key_parameters(key_parameters), Some(scheme));
        if scheme == Scheme::OnePassDiffieHellman {
            let signed = SignedKey::from_octets(key_ciphered_data).unwrap();
            assert_eq!(signed.check(&Software, None, &of_client), Ok(()));
            assert_eq!(signed, SignedKey::new(of_client, None, &client).unwrap());
        }
        let control =
            SecurityControl::AUTHENTICATED_ENCRYPTED.with_suite(read.body.control.suite());
        let envelope = Envelope::General(HEADER, read.key_info);
        let mut room = vec![0; message.len()];
        let sealed = seal(envelope, control, 0x0123_4567, CLIENT, &keys, &hex(TEXT), &mut room);
        assert_eq!((sealed, &room), (Ok(message.len()), &message));
        let opened = open(&mut message, None, &keys, Policy::Verified).unwrap();
        assert_eq!((&*opened.text, opened.sender), (&hex(TEXT)[..], CLIENT));
    }

    fn works_out(&self) {
        let [client, server] = self.client_and_server();
        let [.., of_client, of_server, secret] = self.keys.map(hex);
        assert_eq!(client.public_key().unwrap().octets(), of_client);
        assert_eq!(server.public_key().unwrap().octets(), of_server);
        for (own, other) in [(&client, &of_server), (&server, &of_client)] {
            let made = own.agree(&PublicKey::new(other).unwrap()).unwrap();
            assert_eq!(made.octets(), secret);
        }
        self.agreed(Scheme::OnePassDiffieHellman, self.one_pass, self.one_pass_key);
        self.agreed(Scheme::StaticUnifiedModel, self.fixed, self.static_key);

        let signed = hex(self.signed);
        let mut room = vec![0; signed.len()];
        let made = sign(HEADER, &hex(TEXT), Signed::Content, &client, &mut room);
        assert_eq!((made, &room), (Ok(signed.len()), &signed));
        let signer = client.public_key().unwrap();
        assert_eq!(verify(&signed, &Software, &signer), Ok(()));
    }
}

#[test]
fn suite_1_is_as_worked_out() {
    SUITE_1.works_out();
}

#[test]
fn suite_2_is_as_worked_out() {
    SUITE_2.works_out();
}
