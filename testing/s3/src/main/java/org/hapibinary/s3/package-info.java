/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/** An S3 protocol server for tests. */
@NullMarked
package org.hapibinary.s3;

import org.jspecify.annotations.NullMarked;
