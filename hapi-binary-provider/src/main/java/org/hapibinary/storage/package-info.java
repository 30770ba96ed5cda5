/**
 * Content: writing, reading and erasing the bytes of a file through the binary storage SPI of HAPI. Each kind of store
 * has a package of its own below this one.
 */
@NullMarked
package org.hapibinary.storage;

import org.jspecify.annotations.NullMarked;
