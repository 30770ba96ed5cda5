/**
 * RFC 9110 as values: what headers say, parsed once. Knows neither servlets nor FHIR.
 */
@NullMarked
package org.hapibinary.http;

import org.jspecify.annotations.NullMarked;
