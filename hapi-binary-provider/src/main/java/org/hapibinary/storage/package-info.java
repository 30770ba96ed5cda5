/**
 * Writes, reads and erases the bytes of files through HAPI's binary storage SPI. Each kind of store has a package of
 * its own below this one.
 */
@NullMarked
package org.hapibinary.storage;

import org.jspecify.annotations.NullMarked;
