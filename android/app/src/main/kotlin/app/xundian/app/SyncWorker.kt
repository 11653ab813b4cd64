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
import app.xundian.logic.Errands
import app.xundian.logic.Messages
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.coroutineScope
import java.util.concurrent.TimeUnit

/** What is left is sent while the app sleeps. With the app open [app.xundian.logic.SyncSchedule] does it; the core lets only one run. */
class SyncWorker(context: Context, parameters: WorkerParameters) : CoroutineWorker(context, parameters) {
    private val core get() = (applicationContext as XundianApplication).core
    /** Its own: a stop of this work is meant for no other. */
    private val errands by lazy { Errands(core, Dispatchers.IO) }

    override suspend fun doWork(): Result = coroutineScope {
        val sending = async(Dispatchers.IO) { send() }
        try {
            sending.await()
        } catch (stopped: CancellationException) {
            // The system takes the work back: a call that blocks hears of it from nobody else.
            runCatching { errands.cancel() }
            throw stopped
        }
    }

    private suspend fun send(): Result = try {
        val isEnrolled = core.rep() != null
        if (isEnrolled && Messages.of(errands.sendAll().outcome)?.canRetry == true) Result.retry() else Result.success()
    } catch (failure: CoreException) {
        // What the rep must mend is shown when the app is opened; only a network is worth another try.
        if (failure is CoreException.Network) Result.retry() else Result.success()
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
