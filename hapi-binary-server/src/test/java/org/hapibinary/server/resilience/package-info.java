/** Servers that are killed, links that fail, and several servers on one database. */
@NullMarked
package org.hapibinary.server.resilience;

import org.jspecify.annotations.NullMarked;
