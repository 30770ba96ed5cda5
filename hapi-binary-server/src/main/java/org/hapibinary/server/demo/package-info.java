/**
 * The demo: a token endpoint, synthetic data, and a guide on the console. Never active by default.
 */
@NullMarked
package org.hapibinary.server.demo;

import org.jspecify.annotations.NullMarked;
