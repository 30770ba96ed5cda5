/** The HTTP suite and docs/install.md on a host like HAPI's JPA starter; the server as its jar has it. */
@NullMarked
package org.hapibinary.starter;

import org.jspecify.annotations.NullMarked;
