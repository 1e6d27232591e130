// Values that worker threads make ahead of their use, for example images that are read while a model computes.
//
// The values and the order in which they are handed out do not depend on the threads: value i is what make(i) returns,
// and what make(i) throws is thrown when value i is asked for.
#pragma once
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace llama32med {

// Threads that run tasks, starting them in the order in which they were added. There are fewer if the system has no
// more. The destructor waits for the tasks that are running and drops the others.
class WorkerThreads {
 public:
  explicit WorkerThreads(std::size_t count);
  ~WorkerThreads();

  std::size_t count() const { return threads_.size(); }
  void add(std::function<void()> task);  // must not throw

 private:
  void run_tasks();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

struct ReadAheadSize {
  std::size_t threads = 1;  // 0: each value is made when it is asked for, by the thread that asks
  std::size_t values = 1;   // limit for those that are made, or being made, before they are asked for
};

template <class Value>
class ReadAhead {
 public:
  using Make = std::function<Value(std::size_t)>;

  ReadAhead(std::size_t count, const ReadAheadSize& size, Make make)
      : count_(count), most_(size.values), make_(std::move(make)), workers_(size.threads) {
    fill();
  }

  // Value 0, then 1, ...; must not be called after the last.
  Value next() {
    if (ahead_.empty()) return make_(begun_++);
    auto first = std::move(ahead_.front());
    ahead_.pop_front();
    auto value = first.get();
    fill();
    return value;
  }

 private:
  void fill() {
    while (workers_.count() > 0 && begun_ < count_ && ahead_.size() < most_) {
      const auto task = std::make_shared<std::packaged_task<Value()>>([this, i = begun_++] { return make_(i); });
      ahead_.push_back(task->get_future());
      workers_.add([task] { (*task)(); });
    }
  }

  std::size_t count_, most_;
  std::size_t begun_ = 0;  // values that were handed out or are in ahead_
  Make make_;
  std::deque<std::future<Value>> ahead_;
  WorkerThreads workers_;  // last: its threads end before what they use
};

}  // namespace llama32med
