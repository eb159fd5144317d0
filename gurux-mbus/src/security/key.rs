//! Keys, which never print, and who they belong to.
