//! Tests of the swap: a pod spec means the same before and after it, and small clusters with what can go wrong in each.

mod clusters;
mod meaning;
