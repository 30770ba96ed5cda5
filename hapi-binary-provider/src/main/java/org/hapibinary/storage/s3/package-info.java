/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Stores content in the objects of a bucket. It is the only package that uses the AWS SDK.
 */
@NullMarked
package org.hapibinary.storage.s3;

import org.jspecify.annotations.NullMarked;
