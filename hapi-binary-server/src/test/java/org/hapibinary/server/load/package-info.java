/** Clients that put a server under load, and what they measure. */
@NullMarked
package org.hapibinary.server.load;

import org.jspecify.annotations.NullMarked;
