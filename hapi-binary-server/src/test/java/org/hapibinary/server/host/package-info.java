/** Servers under test and their processes, and the services that they need. */
@NullMarked
package org.hapibinary.server.host;

import org.jspecify.annotations.NullMarked;
