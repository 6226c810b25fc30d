//! What a capture holds, for a person: the summary.
