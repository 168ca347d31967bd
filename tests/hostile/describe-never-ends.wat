;; Loops before it has said what it is.
;; expect load: `describe` failed: it ran out of fuel

(func (export "asogate:policy/policy@0.1.0#describe") (type $describe)
  (loop $for-ever (br $for-ever))
  (unreachable))
