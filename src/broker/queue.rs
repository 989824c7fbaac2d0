//! Jobs and answers, each delivered at least once.
//!
//! A job has a key, which is the digest of its content. The broker remembers by key whether a job waits or was
//! answered, so that it is in the queue once however often it is put there, and a second answer to it, from a worker
//! that was considered dead, is dropped. Commands that must be atomic are one script on the server: it is carried out
//! or not, even if the connection breaks.

use crate::{Broker, BrokerError};
use redis::streams::{StreamAutoClaimReply, StreamId, StreamPendingCountReply, StreamReadReply};
use std::time::Duration;

/// The consumer group of all workers.
const GROUP: &str = "workers";
/// Life time in seconds of the broker's entries that nobody touches: those of a learner that never came back.
const FORGOTTEN: u64 = 7 * 24 * 3600;
/// Time in milliseconds after which an idle consumer that was not heard of is removed.
const STALE: u64 = 3_600_000;
/// The most answers taken at once.
const ANSWERS: usize = 256;

/// The largest job, in bytes.
pub const MAX_JOB: usize = 64 << 10;
/// The largest answer, in bytes.
pub const MAX_ANSWER: usize = 8 << 20;

/// Puts a job into the queue, if it is neither waiting nor answered.
const ENQUEUE: &str = "
local state = redis.call('GET', KEYS[2])
if state then return state end
redis.call('XADD', KEYS[1], '*', 'run', ARGV[1], 'key', ARGV[2], 'job', ARGV[3])
redis.call('SET', KEYS[2], 'waiting', 'EX', ARGV[4])
return 'new'";

/// Takes an answer, if the job is not answered, and ends the delivery.
const ANSWER: &str = "
local taken = 0
if redis.call('GET', KEYS[2]) == 'waiting' then
  redis.call('XADD', KEYS[3], '*', 'key', ARGV[1], 'worker', ARGV[2], 'answer', ARGV[3])
  redis.call('EXPIRE', KEYS[3], ARGV[4])
  redis.call('SET', KEYS[2], 'answered', 'EX', ARGV[4])
  taken = 1
end
redis.call('XACK', KEYS[1], ARGV[5], ARGV[6])
redis.call('XDEL', KEYS[1], ARGV[6])
return taken";

/// Makes a job new again whose answer was of no use.
const REFUSE: &str = "
redis.call('XDEL', KEYS[3], ARGV[5])
redis.call('XADD', KEYS[1], '*', 'run', ARGV[1], 'key', ARGV[2], 'job', ARGV[3])
redis.call('SET', KEYS[2], 'waiting', 'EX', ARGV[4])
return 1";

fn state_key(run: &str, key: &str) -> String {
    format!("prover:job:{run}:{key}")
}

fn answers_key(run: &str) -> String {
    format!("prover:answers:{run}")
}

/// The stream of the jobs for programs of a version.
fn jobs_key(version: &str) -> String {
    format!("prover:jobs:{version}")
}

/// Result of putting a job into the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enqueued {
    /// It is new.
    New,
    /// It is waiting already, or a worker has it.
    Waiting,
    /// It was answered already.
    Answered,
}

/// A job as a worker gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The number of the delivery, by which it is [renewed](Jobs::renew) and answered.
    pub id: String,
    /// The run that it is of.
    pub run: String,
    /// Its key.
    pub key: String,
    /// The content of the job, encoded by the learner.
    pub job: Vec<u8>,
}

/// An answer as a learner gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its place among the answers.
    pub id: String,
    /// The key of the job.
    pub key: String,
    /// The name of the worker.
    pub worker: String,
    /// The content of the answer, encoded by the worker.
    pub answer: Vec<u8>,
}

/// Length of the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueLength {
    /// Jobs that no worker has.
    pub waiting: u64,
    /// Jobs that workers have.
    pub taken: u64,
}

/// The queue as workers see it.
#[derive(Debug)]
pub struct Jobs {
    stream: String,
    consumer: String,
    /// The number of the connection by which delivered jobs were read; jobs delivered to an earlier one are read again.
    read_by: u64,
}

impl Jobs {
    /// The jobs for programs of a version, as a consumer of a unique name.
    pub fn new(version: &str, consumer: &str) -> Self {
        Self { stream: jobs_key(version), consumer: consumer.to_owned(), read_by: 0 }
    }

    /// A job, as soon as there is one within a time. A job delivered on a lost connection comes first.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn take(&mut self, broker: &mut Broker, wait: Duration) -> Result<Option<Delivery>, BrokerError> {
        loop {
            let is_fresh = self.read_by != broker.connections();
            let mut command = redis::cmd("XREADGROUP");
            command.arg("GROUP").arg(GROUP).arg(&self.consumer).arg("COUNT").arg(1);
            if !is_fresh {
                command.arg("BLOCK").arg(wait.as_millis().max(1) as u64);
            }
            command.arg("STREAMS").arg(&self.stream).arg(if is_fresh { "0" } else { ">" });
            let connection = broker.connections();
            let reply: StreamReadReply = in_group(broker, &self.stream, "take a job", &command)?;
            let entry = reply.keys.into_iter().flat_map(|stream| stream.ids).next();
            match entry {
                Some(entry) => return self.delivery(broker, entry),
                // While it was read the connection may have been lost once more.
                None if is_fresh => self.read_by = connection.max(1),
                None => return Ok(None),
            }
        }
    }

    /// A job of a worker that showed no sign of life for so long, if there is one.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn take_over(&mut self, broker: &mut Broker, silence: Duration) -> Result<Option<Delivery>, BrokerError> {
        let mut command = redis::cmd("XAUTOCLAIM");
        command.arg(&self.stream).arg(GROUP).arg(&self.consumer).arg(silence.as_millis() as u64);
        command.arg("0-0").arg("COUNT").arg(1);
        let reply: StreamAutoClaimReply = in_group(broker, &self.stream, "take over a job", &command)?;
        match reply.claimed.into_iter().next() {
            Some(entry) => self.delivery(broker, entry),
            None => Ok(None),
        }
    }

    fn delivery(&self, broker: &mut Broker, entry: StreamId) -> Result<Option<Delivery>, BrokerError> {
        let text = |name: &str| entry.get::<String>(name).filter(|text| text.len() <= 512);
        let job = entry.get::<Vec<u8>>("job").filter(|job| job.len() <= MAX_JOB);
        if let (Some(run), Some(key), Some(job)) = (text("run"), text("key"), job) {
            return Ok(Some(Delivery { id: entry.id, run, key, job }));
        }
        // It is of no learner.
        let mut commands = redis::pipe();
        commands.atomic().cmd("XACK").arg(&self.stream).arg(GROUP).arg(&entry.id).ignore();
        commands.cmd("XDEL").arg(&self.stream).arg(&entry.id).ignore();
        broker.pipeline::<()>("drop what is no job", &commands)?;
        tracing::warn!("an entry of the queue is no job");
        Ok(None)
    }

    /// The number of times that a job was delivered.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn deliveries(&self, broker: &mut Broker, id: &str) -> Result<u64, BrokerError> {
        let mut command = redis::cmd("XPENDING");
        command.arg(&self.stream).arg(GROUP).arg(id).arg(id).arg(1);
        let reply: StreamPendingCountReply = in_group(broker, &self.stream, "count deliveries", &command)?;
        Ok(reply.ids.first().map_or(0, |entry| entry.times_delivered as u64))
    }

    /// Renews the leases of these jobs, and reports that the worker is alive.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn renew(&self, broker: &mut Broker, ids: &[String]) -> Result<(), BrokerError> {
        if ids.is_empty() {
            return Ok(());
        }
        let mut command = redis::cmd("XCLAIM");
        command.arg(&self.stream).arg(GROUP).arg(&self.consumer).arg(0).arg(ids).arg("JUSTID");
        in_group(broker, &self.stream, "renew a job", &command)
    }

    /// Answers a job; whether the answer was the first.
    ///
    /// # Errors
    ///
    /// The answer is too large, or the broker cannot be used.
    pub fn answer(
        &self,
        broker: &mut Broker,
        delivery: &Delivery,
        worker: &str,
        answer: &[u8],
    ) -> Result<bool, BrokerError> {
        bounded("an answer", answer.len(), MAX_ANSWER)?;
        let mut command = redis::cmd("EVAL");
        command.arg(ANSWER).arg(3).arg(&self.stream);
        command.arg(state_key(&delivery.run, &delivery.key)).arg(answers_key(&delivery.run));
        command.arg(&delivery.key).arg(worker).arg(answer).arg(FORGOTTEN).arg(GROUP).arg(&delivery.id);
        broker.query("take an answer", &command)
    }

    /// Removes the consumer, which has no job.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn leave(&self, broker: &mut Broker) -> Result<(), BrokerError> {
        let command = consumer_removal(&self.stream, &self.consumer);
        broker.query("remove a consumer", &command)
    }

    /// The length of the queue for programs of a version.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn length(broker: &mut Broker, version: &str) -> Result<QueueLength, BrokerError> {
        let stream = jobs_key(version);
        let all: u64 = broker.query("count the jobs", redis::cmd("XLEN").arg(&stream))?;
        let pending: redis::streams::StreamPendingReply =
            in_group(broker, &stream, "count the jobs", redis::cmd("XPENDING").arg(&stream).arg(GROUP))?;
        let taken = match pending {
            redis::streams::StreamPendingReply::Data(data) => data.count as u64,
            _ => 0,
        };
        Ok(QueueLength { waiting: all.saturating_sub(taken), taken })
    }

    /// Removes consumers that have no job and were not heard of for an hour.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn clear_up(broker: &mut Broker, version: &str) -> Result<(), BrokerError> {
        let stream = jobs_key(version);
        let mut command = redis::cmd("XINFO");
        command.arg("CONSUMERS").arg(&stream).arg(GROUP);
        let reply: redis::streams::StreamInfoConsumersReply = in_group(broker, &stream, "list consumers", &command)?;
        for consumer in reply.consumers {
            if consumer.pending == 0 && consumer.idle as u64 > STALE {
                broker.query::<()>("remove a consumer", &consumer_removal(&stream, &consumer.name))?;
            }
        }
        Ok(())
    }
}

fn consumer_removal(stream: &str, consumer: &str) -> redis::Cmd {
    // The count of what it had is of no interest, and a group that is gone has no consumer.
    let mut command = redis::cmd("EVAL");
    command.arg("redis.pcall('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2]) return 1").arg(1).arg(stream);
    command.arg(GROUP).arg(consumer);
    command
}

/// A command on the consumer group, which is made if it does not exist: the broker may have been restarted.
fn in_group<T: redis::FromRedisValue>(
    broker: &mut Broker,
    stream: &str,
    action: &'static str,
    command: &redis::Cmd,
) -> Result<T, BrokerError> {
    match broker.query(action, command) {
        Err(BrokerError::Refused { message, .. }) if is_without_group(&message) => {
            let mut create = redis::cmd("XGROUP");
            create.arg("CREATE").arg(stream).arg(GROUP).arg("0").arg("MKSTREAM");
            match broker.query::<()>("make the group of workers", &create) {
                // Another was faster.
                Err(BrokerError::Refused { message, .. }) if message.contains("BUSYGROUP") => {}
                made => made?,
            }
            broker.query(action, command)
        }
        result => result,
    }
}

fn is_without_group(message: &str) -> bool {
    // XINFO on a stream that is not there says "no such key".
    message.contains("NOGROUP") || message.contains("no such key")
}

fn bounded(what: &str, bytes: usize, most: usize) -> Result<(), BrokerError> {
    if bytes <= most {
        return Ok(());
    }
    Err(BrokerError::TooLarge { what: what.to_owned(), bytes: bytes as u64, most: most as u64, verb: "sent" })
}

/// The queue as the learner of a run sees it.
#[derive(Debug)]
pub struct Answers {
    jobs: String,
    run: String,
    /// The last answer that was read.
    last: String,
}

impl Answers {
    /// The answers to the jobs of a run, those of an earlier process first.
    pub fn new(version: &str, run: &str) -> Self {
        Self { jobs: jobs_key(version), run: run.to_owned(), last: "0".into() }
    }

    /// Puts jobs into the queue, each given by its key and its content.
    ///
    /// # Errors
    ///
    /// A job is too large, or the broker cannot be used.
    pub fn enqueue<'j>(
        &self,
        broker: &mut Broker,
        jobs: impl IntoIterator<Item = (&'j str, &'j [u8])>,
    ) -> Result<Vec<Enqueued>, BrokerError> {
        let mut commands = redis::pipe();
        for (key, job) in jobs {
            bounded("a job", job.len(), MAX_JOB)?;
            commands.cmd("EVAL").arg(ENQUEUE).arg(2).arg(&self.jobs).arg(state_key(&self.run, key));
            commands.arg(&self.run).arg(key).arg(job).arg(FORGOTTEN);
        }
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let states: Vec<String> = broker.pipeline("take jobs", &commands)?;
        let state = |state: String| match state.as_str() {
            "new" => Enqueued::New,
            "waiting" => Enqueued::Waiting,
            _ => Enqueued::Answered,
        };
        Ok(states.into_iter().map(state).collect())
    }

    /// Answers that were not read yet, as soon as there are some within a time.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn read(&mut self, broker: &mut Broker, wait: Duration) -> Result<Vec<Answer>, BrokerError> {
        let stream = answers_key(&self.run);
        let mut command = redis::cmd("XREAD");
        command.arg("COUNT").arg(ANSWERS).arg("BLOCK").arg(wait.as_millis().max(1) as u64);
        command.arg("STREAMS").arg(&stream).arg(&self.last);
        let reply: StreamReadReply = broker.query("give answers", &command)?;
        let entries: Vec<StreamId> = reply.keys.into_iter().flat_map(|stream| stream.ids).collect();
        if let Some(entry) = entries.last() {
            self.last.clone_from(&entry.id);
        }
        let answer = |entry: StreamId| {
            let text = |name: &str| entry.get::<String>(name).filter(|text| text.len() <= 512);
            let answer = entry.get::<Vec<u8>>("answer").filter(|answer| answer.len() <= MAX_ANSWER)?;
            Some(Answer { key: text("key")?, worker: text("worker")?, answer, id: entry.id })
        };
        Ok(entries.into_iter().filter_map(answer).collect())
    }

    /// Reads all answers again: a restarted broker begins to count at its present time.
    pub fn read_again(&mut self) {
        self.last = "0".into();
    }

    /// Puts a job into the queue again whose answer was of no use.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn refuse(&self, broker: &mut Broker, answer: &Answer, job: &[u8]) -> Result<(), BrokerError> {
        let mut command = redis::cmd("EVAL");
        command.arg(REFUSE).arg(3).arg(&self.jobs).arg(state_key(&self.run, &answer.key)).arg(answers_key(&self.run));
        command.arg(&self.run).arg(&answer.key).arg(job).arg(FORGOTTEN).arg(&answer.id);
        broker.query("take a job again", &command)
    }

    /// Forgets jobs and answers.
    ///
    /// # Errors
    ///
    /// The broker cannot be used.
    pub fn forget(&self, broker: &mut Broker, keys: &[String], answers: &[String]) -> Result<(), BrokerError> {
        let mut commands = redis::pipe();
        commands.atomic();
        if !keys.is_empty() {
            let keys: Vec<String> = keys.iter().map(|key| state_key(&self.run, key)).collect();
            commands.cmd("DEL").arg(keys).ignore();
        }
        if !answers.is_empty() {
            commands.cmd("XDEL").arg(answers_key(&self.run)).arg(answers).ignore();
        }
        if commands.is_empty() { Ok(()) } else { broker.pipeline("forget jobs", &commands) }
    }
}
