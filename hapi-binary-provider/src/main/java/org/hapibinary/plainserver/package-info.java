/**
 * The plugin in a server that has neither Spring Boot nor HAPI's JPA: the host makes the files and hands them over.
 */
@NullMarked
package org.hapibinary.plainserver;

import org.jspecify.annotations.NullMarked;
