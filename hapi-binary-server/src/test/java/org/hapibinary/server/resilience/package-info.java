/** JPA servers that are killed, links that fail, and several JPA servers on one database. */
@NullMarked
package org.hapibinary.server.resilience;

import org.jspecify.annotations.NullMarked;
