/**
 * RFC 9110 as values: headers, parsed once. Depends neither on servlets nor on HAPI.
 */
@NullMarked
package org.hapibinary.http;

import org.jspecify.annotations.NullMarked;
