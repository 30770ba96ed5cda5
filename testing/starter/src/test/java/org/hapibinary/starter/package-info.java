/** The HTTP suite and docs/install.md on a host like HAPI's JPA starter. */
@NullMarked
package org.hapibinary.starter;

import org.jspecify.annotations.NullMarked;
