//! What asogate knows of Azure Service Operator v1 and v2.
