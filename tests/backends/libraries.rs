//! Tokens, judged by libraries that know nothing of Cygnet: npm `jose`, PyPI `pyjwt` (AP-31…AP-38).
