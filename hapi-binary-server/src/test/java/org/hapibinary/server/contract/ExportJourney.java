/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract;

import org.hapibinary.server.contract.authorization.BoundTokenTests;
import org.hapibinary.server.contract.authorization.JpaRefusalTests;
import org.hapibinary.server.contract.authorization.KickOffLimitTests;
import org.hapibinary.server.contract.authorization.OwnershipTests;
import org.hapibinary.server.contract.authorization.ProofTests;
import org.hapibinary.server.contract.authorization.RequestBodyTests;
import org.hapibinary.server.contract.authorization.TokenRefusalTests;
import org.hapibinary.server.contract.download.AttachmentTests;
import org.hapibinary.server.contract.download.ContentFaultTests;
import org.hapibinary.server.contract.download.MetadataTests;
import org.hapibinary.server.contract.export.DemoPassedThroughTests;
import org.hapibinary.server.contract.export.EndedChunkTests;
import org.hapibinary.server.contract.export.KickOffTests;
import org.hapibinary.server.contract.export.StalledExportTests;
import org.hapibinary.server.contract.export.TypeFilterTests;
import org.hapibinary.server.contract.lifecycle.MaintenanceTests;

/**
 * One export of the demo's Group, from kick-off to download, on the filesystem store and the database of the subclass.
 */
public abstract class ExportJourney extends StoreJourney
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
