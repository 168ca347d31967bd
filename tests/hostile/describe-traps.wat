;; Breaks before it has said what it is.
;; expect load: `describe` failed: it panicked

(func (export "asogate:policy/policy@0.1.0#describe") (type $describe)
  (unreachable))
