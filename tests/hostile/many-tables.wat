;; A small table many times.
;; limit TABLES
;; expect load: `describe` failed: it is made of more parts than a policy may have: resource limit exceeded: table count too high

(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
(table 1 funcref)
