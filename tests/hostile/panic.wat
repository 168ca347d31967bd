;; What a panic in Rust ends in.
;; expect evaluate: it panicked

(func (export "asogate:policy/policy@0.1.0#evaluate") (type $evaluate)
  (unreachable))
