//! The data information block: width, function, storage, tariff, subunit.
