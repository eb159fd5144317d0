//! [`CiField`]: what follows in a telegram.
