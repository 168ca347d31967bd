;; A small memory many times.
;; limit MEMORIES
;; expect load: `describe` failed: it is made of more parts than a policy may have: resource limit exceeded: memory count too high

(memory 1) (memory 1) (memory 1) (memory 1)
