/**
 * The plugin in a server that has neither Spring Boot nor HAPI's JPA: the host produces the files.
 */
@NullMarked
package org.hapibinary.plainserver;

import org.jspecify.annotations.NullMarked;
