/**
 * Content: writing, reading and erasing a file's bytes through HAPI's binary storage SPI.
 */
@NullMarked
package org.hapibinary.storage;

import org.jspecify.annotations.NullMarked;
