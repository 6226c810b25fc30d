//! Python bindings of fieldtap.
