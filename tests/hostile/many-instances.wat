;; Instantiates a small module many times; each instance costs the host some memory.
;; limit INSTANCES
;; expect load: `describe` failed: it is made of more parts than a policy may have: resource limit exceeded: instance count too high

(component
  (good)
  (core module $small)
  (core instance (instantiate $small))
  (core instance (instantiate $small))
  (core instance (instantiate $small))
  (core instance (instantiate $small))
  (core instance (instantiate $small))
  (core instance (instantiate $small))
  (core instance (instantiate $small))
  (core instance (instantiate $small))
  (core instance (instantiate $small))
  (core instance (instantiate $small))
  (core instance (instantiate $small))
  (core instance (instantiate $small))
  (core instance (instantiate $small))
  (core instance (instantiate $small))
  (core instance (instantiate $small))
  (core instance (instantiate $small)))
