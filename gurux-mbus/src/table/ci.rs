//! What each CI field says of the layers behind it.
