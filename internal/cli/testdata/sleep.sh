# A change that is still under way when a test ends it.
ovn-nbctl ls-add slow
exec sleep 60
