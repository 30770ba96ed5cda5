/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server;

/**
 * One export of the demo's Group, from kick-off to download, on the filesystem store and the database of the subclass.
 */
abstract class ExportJourney extends StoreJourney
        implements AttachmentTests,
                ContentFaultTests,
                MaintenanceTests,
                StalledExportTests,
                BulkClientTests,
                MetadataTests,
                DiscoveryTests,
                KickOffTests,
                JpaRefusalTests,
                OwnServerTests,
                TokenRefusalTests,
                RequestBodyTests,
                OwnershipTests,
                BoundTokenTests,
                ProofTests,
                KickOffLimitTests,
                EndedChunkTests,
                TypeFilterTests,
                DemoPassedThroughTests {}
