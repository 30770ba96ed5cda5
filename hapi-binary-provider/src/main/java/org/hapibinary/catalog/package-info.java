/**
 * Exports, their authorizations and their files as rows, and their changes of state. It has everything that a server
 * needs to answer a request; the bytes are in {@code storage}.
 */
@NullMarked
package org.hapibinary.catalog;

import org.jspecify.annotations.NullMarked;
