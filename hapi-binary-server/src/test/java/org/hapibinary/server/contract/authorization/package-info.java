/** Who gets what, by which doors, and with what tokens, and what the tests of that have in common. */
@NullMarked
package org.hapibinary.server.contract.authorization;

import org.jspecify.annotations.NullMarked;
