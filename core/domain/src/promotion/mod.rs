//! Promotions exactly as the data set's README rules them.
