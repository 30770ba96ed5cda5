/**
 * The program of docs/plain-server.md.
 */
@NullMarked
package org.hapibinary.example;

import org.jspecify.annotations.NullMarked;
