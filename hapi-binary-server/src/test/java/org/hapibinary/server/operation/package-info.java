/** Servers under test, their processes and files, and the services that they need. */
@NullMarked
package org.hapibinary.server.operation;

import org.jspecify.annotations.NullMarked;
