/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

/** What goes over the wire on a plain server, which is the same as on all others. */
abstract class PlainJourney extends PlainVersion
        implements DiscoveryTests,
                RangeTests,
                PreconditionTests,
                ContentCodingTests,
                KickOffLimitTests,
                RefusalTests,
                TokenRefusalTests,
                RequestBodyTests,
                OwnershipTests,
                BoundTokenTests,
                ProofTests {}
