package app.xundian.app

import android.content.Context
import androidx.work.BackoffPolicy
import androidx.work.Constraints
import androidx.work.CoroutineWorker
import androidx.work.ExistingPeriodicWorkPolicy
import androidx.work.NetworkType
import androidx.work.PeriodicWorkRequestBuilder
import androidx.work.WorkManager
import androidx.work.WorkerParameters
import app.xundian.core.CoreException
import app.xundian.logic.Messages
import app.xundian.logic.sendAll
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.util.concurrent.TimeUnit

/** What is left is sent while the app sleeps. With the app open [app.xundian.logic.SyncSchedule] does it; the core lets only one run. */
class SyncWorker(context: Context, parameters: WorkerParameters) : CoroutineWorker(context, parameters) {
    override suspend fun doWork(): Result = withContext(Dispatchers.IO) {
        try {
            val core = (applicationContext as XundianApplication).core
            if (core.rep() == null) return@withContext Result.success()
            if (Messages.of(core.sendAll().outcome)?.canRetry == true) Result.retry() else Result.success()
        } catch (failure: CoreException) {
            // What the rep must mend is shown when the app is opened; only a network is worth another try.
            if (failure is CoreException.Network) Result.retry() else Result.success()
        }
    }

    companion object {
        private const val NAME = "sync"

        fun schedule(context: Context) {
            val request = PeriodicWorkRequestBuilder<SyncWorker>(30, TimeUnit.MINUTES)
                .setConstraints(Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build())
                .setBackoffCriteria(BackoffPolicy.EXPONENTIAL, 1, TimeUnit.MINUTES)
                .build()
            WorkManager.getInstance(context).enqueueUniquePeriodicWork(NAME, ExistingPeriodicWorkPolicy.KEEP, request)
        }
    }
}
