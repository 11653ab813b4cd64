//! What crosses the wire between phone and server (3-sync): envelopes, verdicts, codec, limits, versions.
//! No sockets and no SQL: the phone's engine and the server's routes bring those.
