;; Code that runs while the component is instantiated, before any function is called.
;; expect load: `describe` failed: it ran out of fuel

(func $start (loop $for-ever (br $for-ever)))
(start $start)
